package dev.belfry;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The test kit is used without the rest of Belfry's tests, and beside any backend. */
class TestKitTest {

  // As the JAR is packed: without the tests of the test kit itself.
  private static final JavaClasses TESTKIT =
      new ClassFileImporter()
          .withImportOption(
              location -> !location.matches(Pattern.compile(".*Test(\\$.*)?\\.class")))
          .importPackages("dev.belfry.testkit");

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.belfry");

  @Test
  void containsWhatItPromises() {
    assertThat(TESTKIT.stream().map(JavaClass::getSimpleName))
        .contains("FaultySessionStore", "SettableClock", "SessionContract", "SessionProperties")
        .noneMatch(name -> name.endsWith("Test"));
  }

  @Test
  void dependsOnTheContractsOfBelfryAlone() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.belfry..")
                .and(
                    not(
                        resideInAnyPackage(
                            "dev.belfry.session", "dev.belfry.event", "dev.belfry.testkit"))))
        .check(TESTKIT);
  }

  @Test
  void refersToNoOtherTest() {
    assertThat(
            TESTKIT.stream()
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                .filter(type -> type.getPackageName().startsWith("dev.belfry"))
                .map(JavaClass::getName))
        .isNotEmpty()
        .allMatch(name -> MAIN.contain(name) || TESTKIT.contain(name));
  }

  @Test
  void needsNoOtherLibraryThanItSays() {
    classes()
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "dev.belfry..",
                "java..",
                "jakarta.json..",
                "org.junit.jupiter..",
                "org.assertj..",
                "org.awaitility..",
                "net.jqwik.api.."))
        .check(TESTKIT);
  }
}
