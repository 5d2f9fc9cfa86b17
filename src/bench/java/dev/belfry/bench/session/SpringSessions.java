package dev.belfry.bench.session;

import dev.belfry.bench.measure.BenchException;
import java.time.Duration;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;
import org.springframework.session.jdbc.JdbcIndexedSessionRepository;
import org.springframework.session.jdbc.PostgreSqlJdbcIndexedSessionRepositoryCustomizer;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Spring Session's, made as its configuration makes it for PostgreSQL. The state is one attribute,
 * a text of JSON that nobody parses: less than Belfry and the original do.
 */
final class SpringSessions<S extends Session> {
  static final String ATTRIBUTE = "state";

  private static final Duration TIME_TO_LIVE = Duration.ofDays(1);

  private final SessionRepository<S> repository;

  private SpringSessions(SessionRepository<S> repository) {
    this.repository = repository;
  }

  static SpringSessions<?> of(DataSource dataSource) {
    TransactionTemplate transactions =
        new TransactionTemplate(new DataSourceTransactionManager(dataSource));
    transactions.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    JdbcIndexedSessionRepository repository =
        new JdbcIndexedSessionRepository(new JdbcTemplate(dataSource), transactions);
    repository.setDefaultMaxInactiveInterval(TIME_TO_LIVE);
    // Not afterPropertiesSet(), which only starts its cleanup.
    new PostgreSqlJdbcIndexedSessionRepositoryCustomizer().customize(repository);
    return new SpringSessions<>(repository);
  }

  String find(String id) {
    S session = repository.findById(id);
    if (session == null) {
      throw new BenchException("Spring Session does not find session " + id);
    }
    return session.getRequiredAttribute(ATTRIBUTE);
  }

  void create(String state) {
    S session = repository.createSession();
    session.setAttribute(ATTRIBUTE, state);
    repository.save(session);
  }

  /** Finds it first, as every request does. */
  void save(String id, String state) {
    S session = repository.findById(id);
    session.setAttribute(ATTRIBUTE, state);
    repository.save(session);
  }
}
