package dev.belfry;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of the packages, see {@code src/site/markdown/architecture.md}. */
class ArchitectureTest {

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("/demo-classes/"))
          .importPackages("dev.belfry");

  private static final List<String> PACKAGES =
      List.of("config", "session", "event", "postgres", "http", "sse", "operations", "cdi");

  @Test
  void thereIsSomethingToCheckInEveryPackage() {
    assertThat(CLASSES).hasSizeGreaterThan(50);
    assertThat(
            CLASSES.stream()
                .map(type -> type.getPackageName().substring("dev.belfry.".length()))
                .distinct())
        .containsExactlyInAnyOrderElementsOf(PACKAGES);
  }

  @Test
  void everyPackageUsesOnlyWhatItMay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("dev.belfry..")
        .layer("config")
        .definedBy("dev.belfry.config")
        .layer("session")
        .definedBy("dev.belfry.session")
        .layer("event")
        .definedBy("dev.belfry.event")
        .layer("postgres")
        .definedBy("dev.belfry.postgres")
        .layer("http")
        .definedBy("dev.belfry.http")
        .layer("sse")
        .definedBy("dev.belfry.sse")
        .layer("operations")
        .definedBy("dev.belfry.operations")
        .layer("cdi")
        .definedBy("dev.belfry.cdi")
        .whereLayer("config")
        .mayNotAccessAnyLayer()
        .whereLayer("session")
        .mayNotAccessAnyLayer()
        .whereLayer("event")
        .mayNotAccessAnyLayer()
        .whereLayer("postgres")
        .mayOnlyAccessLayers("session", "event", "config")
        .whereLayer("http")
        .mayOnlyAccessLayers("session", "config")
        .whereLayer("sse")
        .mayOnlyAccessLayers("session", "event", "config", "http")
        .whereLayer("operations")
        .mayOnlyAccessLayers("session", "event", "config")
        .whereLayer("cdi")
        .mayNotBeAccessedByAnyLayer()
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.belfry.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "event"})
  void coreUsesNoPlatformApiButJson(String core) {
    noClasses()
        .that()
        .resideInAPackage("dev.belfry." + core)
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("jakarta..", "org.eclipse..", "javax..")
                .and(not(resideInAPackage("jakarta.json.."))))
        .check(CLASSES);
  }

  @Test
  void everyApiHasOneHome() {
    onlyIn("org.postgresql..", "dev.belfry.postgres");
    onlyIn("org.flywaydb..", "dev.belfry.postgres");
    onlyIn("java.sql..", "dev.belfry.postgres");
    onlyIn("jakarta.ejb..", "dev.belfry.operations", "dev.belfry.cdi");
    onlyIn("org.eclipse.microprofile.config..", "dev.belfry.config", "dev.belfry.cdi");
    onlyIn("org.eclipse.microprofile.health..", "dev.belfry.operations");
    onlyIn("org.eclipse.microprofile.jwt..", "dev.belfry.http");
    onlyIn("jakarta.servlet..", "dev.belfry.http", "dev.belfry.sse");
    onlyIn("javax.naming..", "dev.belfry.cdi");
    onlyIn("javax.crypto..", "dev.belfry.postgres");
    onlyIn("com.github.benmanes..", "dev.belfry.postgres");
  }

  private static void onlyIn(String api, String... homes) {
    noClasses()
        .that()
        .resideOutsideOfPackages(homes)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(api)
        .check(CLASSES);
  }

  @Test
  void threadsAreTheContainers() {
    noClasses()
        .that()
        .doNotHaveSimpleName("ShutdownHook") // The JVM's, not ours: it says so.
        .should()
        .callConstructor(Thread.class)
        .orShould()
        .callConstructor(Thread.class, Runnable.class)
        .orShould()
        .callConstructor(Thread.class, Runnable.class, String.class)
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.concurrent.Executors")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.concurrent.ForkJoinPool")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.Timer")
        .check(CLASSES);
  }
}
