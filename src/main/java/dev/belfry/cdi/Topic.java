package dev.belfry.cdi;

import static java.lang.annotation.ElementType.FIELD;
import static java.lang.annotation.ElementType.METHOD;
import static java.lang.annotation.ElementType.PARAMETER;
import static java.lang.annotation.ElementType.TYPE;

import jakarta.enterprise.util.AnnotationLiteral;
import jakarta.inject.Qualifier;
import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Chooses the events of one topic: {@code @Observes @Topic("reload") ServerEvent}. An observer
 * without this qualifier gets the events of all topics; with an empty one, those that are meant for
 * clients.
 */
@Qualifier
@Retention(RetentionPolicy.RUNTIME)
@Target({TYPE, METHOD, PARAMETER, FIELD})
@Documented
public @interface Topic {

  /** The topic; empty for the events that have none. */
  String value() default "";

  /** A topic that is known at run time only. */
  final class Literal extends AnnotationLiteral<Topic> implements Topic {
    private static final long serialVersionUID = 1L;

    private final String value;

    Literal(String value) {
      this.value = value;
    }

    @Override
    public String value() {
      return value;
    }
  }
}
