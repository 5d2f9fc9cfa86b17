package dev.belfry.container;

import jakarta.ejb.EJB;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.transaction.UserTransaction;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Takes the steps that are posted in a transaction of the kind that the query names, and answers
 * what became of it; tells what was delivered.
 */
@WebServlet("/transactions")
public class TransactionProbe extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient TransactionalBean bean;
  @EJB private transient TransactionalEjb ejb;
  @Inject private transient TransactionSteps steps;
  @Inject private transient UserTransaction transaction;
  @Inject private transient ObservedEvents observed;
  @Inject private transient DelayProbe delays;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String count = request.getParameter("delays");
    response
        .getWriter()
        .print(
            count == null
                ? observed.of(request.getParameter("observed")).stream()
                    .flatMap(event -> TransactionSteps.text(event).stream())
                    .collect(Collectors.joining(" "))
                : delays.measure(Integer.parseInt(count)));
  }

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    List<String> script = request.getReader().lines().toList();
    response.getWriter().print(run(request.getQueryString(), script));
  }

  // The boundary: whatever fails, the test is told.
  private String run(String kind, List<String> script) {
    try {
      switch (kind) {
        case "cdi" -> bean.run(script);
        case "ejb" -> ejb.run(script);
        case "user" -> runInUserTransaction(script);
        default -> throw new IllegalArgumentException(kind);
      }
      return "done";
    } catch (Exception failure) {
      return "failed: " + causes(failure);
    }
  }

  private void runInUserTransaction(List<String> script) throws Exception {
    transaction.begin();
    try {
      steps.run(script);
    } catch (Exception failure) {
      transaction.rollback();
      throw failure;
    }
    transaction.commit();
  }

  private static String causes(Throwable failure) {
    String message = failure.toString();
    return failure.getCause() == null ? message : message + " < " + causes(failure.getCause());
  }
}
