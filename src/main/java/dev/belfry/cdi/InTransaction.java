package dev.belfry.cdi;

import static java.lang.annotation.ElementType.FIELD;
import static java.lang.annotation.ElementType.METHOD;
import static java.lang.annotation.ElementType.PARAMETER;
import static java.lang.annotation.ElementType.TYPE;

import jakarta.inject.Qualifier;
import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Chooses the {@link dev.belfry.session.SessionStore}, {@link dev.belfry.session.SessionQueries},
 * {@link dev.belfry.session.SessionRevocation} or {@link dev.belfry.session.SessionStates} whose
 * operations take part in the caller's JTA transaction: what they do is done if and when it
 * commits. What is injected without this qualifier stands alone, and is done when it returns.
 *
 * <p>Without a transaction there is no difference. Nor is there one where sessions are kept in
 * memory, which knows no transactions.
 */
@Qualifier
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({FIELD, METHOD, PARAMETER, TYPE})
public @interface InTransaction {}
