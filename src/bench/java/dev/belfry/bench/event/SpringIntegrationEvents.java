package dev.belfry.bench.event;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BenchDatabase;
import java.util.function.LongConsumer;
import org.postgresql.jdbc.PgConnection;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.core.io.ClassPathResource;
import org.springframework.integration.jdbc.channel.PostgresChannelMessageTableSubscriber;
import org.springframework.integration.jdbc.channel.PostgresSubscribableChannel;
import org.springframework.integration.jdbc.store.JdbcChannelMessageStore;
import org.springframework.integration.jdbc.store.channel.PostgresChannelMessageStoreQueryProvider;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.messaging.support.GenericMessage;

/**
 * Spring Integration's PostgreSQL channel: a row for each message, NOTIFY by a trigger, and the
 * subscriber deletes what it takes. Durable; each message goes to one subscriber, not to all.
 */
final class SpringIntegrationEvents implements Transport {
  private static final String GROUP = "bench";

  /** What its documentation tells users of this channel to add to its tables. */
  private static final String[] TRIGGER = {
    """
    CREATE FUNCTION notify_of_message() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN
       PERFORM pg_notify(''int_channel_message_notify'', NEW.region || '' '' || NEW.group_key);
       RETURN NEW;
     END'
    """,
    """
    CREATE TRIGGER notify_of_message AFTER INSERT ON int_channel_message
    FOR EACH ROW EXECUTE FUNCTION notify_of_message()
    """
  };

  private final PostgresChannelMessageTableSubscriber subscriber;
  private final PostgresSubscribableChannel channel;

  private SpringIntegrationEvents(BenchDatabase database, HikariDataSource pool, LongConsumer ear) {
    if (database.number("SELECT count(*) FROM pg_class WHERE relname = 'int_channel_message'")
        == 0) {
      new ResourceDatabasePopulator(
              new ClassPathResource("org/springframework/integration/jdbc/schema-postgresql.sql"))
          .execute(pool);
      database.execute(TRIGGER);
    }
    BeanFactory beans = new DefaultListableBeanFactory();
    JdbcChannelMessageStore store = new JdbcChannelMessageStore(pool);
    store.setChannelMessageStoreQueryProvider(new PostgresChannelMessageStoreQueryProvider());
    store.afterPropertiesSet();
    subscriber =
        new PostgresChannelMessageTableSubscriber(
            () -> database.direct().getConnection().unwrap(PgConnection.class));
    channel = new PostgresSubscribableChannel(store, GROUP, subscriber);
    channel.setBeanFactory(beans);
    channel.setTransactionManager(new DataSourceTransactionManager(pool));
    channel.afterPropertiesSet();
    channel.subscribe(message -> ear.accept(Mark.sentAt((String) message.getPayload())));
    subscriber.start();
  }

  static Opener of(BenchDatabase database, HikariDataSource pool) {
    return ear -> new SpringIntegrationEvents(database, pool, ear);
  }

  @Override
  public void publish(Mark mark) {
    channel.send(new GenericMessage<>(mark.json()));
  }

  @Override
  public void close() {
    subscriber.stop();
  }
}
