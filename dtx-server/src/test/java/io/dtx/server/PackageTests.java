package io.dtx.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The packages of the server and what each may import. */
class PackageTests {

    private static final String ROOT = "io.dtx.server.";

    /** Package to the packages of dtx that it may know besides itself; generated code belongs to its parent. */
    private static final Map<String, List<String>> TABLE = Map.of(
            ROOT + "coordinator..", List.of("io.dtx.model.."),
            ROOT + "tls..", List.of(),
            ROOT + "log..", List.of("io.dtx.model..", ROOT + "coordinator..", ROOT + "tls.."),
            ROOT + "runtime..", List.of("io.dtx.model..", "io.dtx.protocol..", ROOT + "coordinator..", ROOT + "log.."),
            ROOT + "transport..",
                    List.of(
                            "io.dtx.model..",
                            "io.dtx.protocol..",
                            ROOT + "coordinator..",
                            ROOT + "runtime..",
                            ROOT + "tls.."),
            ROOT + "console..", List.of("io.dtx.model..", ROOT + "coordinator..", ROOT + "runtime.."),
            ROOT + "metrics..",
                    List.of("io.dtx.model..", "io.dtx.protocol..", ROOT + "coordinator..", ROOT + "runtime.."),
            ROOT + "config..", List.of("io.dtx.model..", "io.dtx.protocol..", "io.dtx.settings..", "io.dtx.server.."));

    private final JavaClasses server = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.dtx.server");

    @Test
    void everyPackageIsInTheTable() {
        classes()
                .should()
                .resideInAnyPackage(TABLE.keySet().toArray(String[]::new))
                .check(server);
    }

    @Test
    void everyPackageKnowsOnlyWhatTheTableAllows() {
        TABLE.forEach((name, others) -> {
            List<String> allowed = new ArrayList<>(others);
            allowed.add(name);
            classes()
                    .that()
                    .resideInAPackage(name)
                    .should()
                    .onlyDependOnClassesThat(JavaClass.Predicates.resideOutsideOfPackage("io.dtx..")
                            .or(JavaClass.Predicates.resideInAnyPackage(allowed.toArray(String[]::new))))
                    .check(server);
        });
    }

    @Test
    void noPackagesKnowEachOther() {
        slices().matching("io.dtx.server.(*)..").should().beFreeOfCycles().check(server);
    }

    @Test
    void theStateMachineIsPure() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "coordinator..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.io..",
                        "java.nio.file..",
                        "java.nio.channels..",
                        "java.net..",
                        "java.time..",
                        "java.util.concurrent..",
                        "java.security..",
                        "org.springframework..",
                        "org.slf4j..",
                        "org.apache.ratis..")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.Random")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .check(server);
    }
}
