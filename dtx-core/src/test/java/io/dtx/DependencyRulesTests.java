package io.dtx;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Which package of dtx-core may import which: the table of the design. A package that is not in it is an error. */
class DependencyRulesTests {

    private static final Set<String> ALL_BELOW_RM =
            Set.of("model", "error", "protocol", "client", "context", "tm", "sql", "undo");

    private static final Map<String, Set<String>> MAY_IMPORT = Map.ofEntries(
            Map.entry("io.dtx.model", Set.of()),
            Map.entry("io.dtx.error", Set.of("model")),
            Map.entry("io.dtx.protocol", Set.of("model", "error", "protocol.wire")),
            Map.entry("io.dtx.protocol.wire", Set.of()),
            Map.entry("io.dtx.client", Set.of("model", "error", "protocol", "protocol.wire")),
            Map.entry("io.dtx.context", Set.of("model", "error")),
            Map.entry("io.dtx.tm", Set.of("model", "error", "client", "context")),
            Map.entry("io.dtx.sql", Set.of("error")),
            Map.entry("io.dtx.undo", Set.of("model", "error", "sql", "undo.record")),
            Map.entry("io.dtx.undo.record", Set.of()),
            Map.entry("io.dtx.rm", ALL_BELOW_RM),
            Map.entry("io.dtx.settings", Set.of()),
            Map.entry("io.dtx", Set.of("model", "error", "context", "tm")));

    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
            .importPackages("io.dtx");

    @Test
    void everyPackageIsInTheTable() {
        Set<String> packages = new TreeSet<>();
        CORE.forEach(type -> packages.add(type.getPackageName()));
        assertThat(packages).isSubsetOf(MAY_IMPORT.keySet()).contains("io.dtx", "io.dtx.client", "io.dtx.tm");
    }

    @Test
    void noPackageImportsWhatTheTableForbids() {
        MAY_IMPORT.forEach((name, allowed) -> onlyImports(name, allowed));
    }

    @Test
    void theRuleSeesAForbiddenImport() {
        assertThatThrownBy(() -> onlyImports("io.dtx.tm", Set.of("model", "error", "context")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("CoordinatorClient");
    }

    @Test
    void thereIsNoCycle() {
        slices().matching("io.dtx.(**)").should().beFreeOfCycles().check(CORE);
    }

    @Test
    void theStreamAndTheParserAreHidden() {
        onlyUsedFrom("io.grpc..", List.of("io.dtx.protocol", "io.dtx.protocol.wire", "io.dtx.client"));
        onlyUsedFrom("net.sf.jsqlparser..", List.of("io.dtx.sql"));
        onlyUsedFrom("org.springframework..", List.of());
    }

    private static void onlyUsedFrom(String library, List<String> packages) {
        List<String> strangers = new ArrayList<>();
        for (JavaClass type : CORE) {
            if (!packages.contains(type.getPackageName())
                    && type.getDirectDependenciesFromSelf().stream()
                            .anyMatch(dependency -> resideInAPackage(library).test(dependency.getTargetClass()))) {
                strangers.add(type.getName());
            }
        }
        assertThat(strangers).as("classes that use " + library).isEmpty();
    }

    private static void onlyImports(String name, Set<String> allowed) {
        List<String> packages = new ArrayList<>();
        packages.add(name);
        allowed.forEach(other -> packages.add("io.dtx." + other));
        DescribedPredicate<JavaClass> outside = DescribedPredicate.not(resideInAPackage("io.dtx.."));
        classes()
                .that()
                .resideInAPackage(name)
                .should()
                .onlyDependOnClassesThat(outside.or(resideInAnyPackage(packages.toArray(String[]::new))))
                .allowEmptyShould(true)
                .check(CORE);
    }
}
