// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.targetOwner;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// The walls of ARCHITECTURE.md: modules, and the packages of the agent.
class ArchitectureTest {
    private static final JavaClasses WEIR = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.weir");

    /// Who tells people the time: of a line of the log, of a start, of a flow, of a generation, of a look at
    /// flows; or reads theirs: how long ago.
    private static final String SHOWING_TIME = "dev\\.weir\\.agent\\."
            + "(Log|StartingView|flow\\.FlowClock|event\\.(EventLog|EventNames)|enforce\\.(Installation|Drift)"
            + "|http\\.FlowTicks|view\\.EventQuery)";

    @Test
    void sharedStructsKnowNothingElse() {
        classes()
                .that()
                .resideInAPackage("dev.weir.abi..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.weir.abi..", "java..", "org.jspecify..")
                .check(WEIR);
    }

    @Test
    void policiesKnowNoKernel() {
        classes()
                .that()
                .resideInAPackage("dev.weir.policy..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.weir.policy..", "dev.weir.yaml..", "dev.weir.abi..", "java..", "org.jspecify..")
                .check(WEIR);
        noClasses()
                .that()
                .resideInAPackage("dev.weir.policy..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(WEIR);
    }

    @Test
    void onlyOnePackageReadsYaml() {
        classes()
                .that()
                .resideInAPackage("dev.weir.yaml..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.weir.yaml..", "org.snakeyaml.engine..", "java..", "org.jspecify..")
                .check(WEIR);
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.weir.yaml..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.snakeyaml.engine..")
                .check(WEIR);
    }

    @Test
    void loaderKnowsNoPolicyAndNoAgent() {
        classes()
                .that()
                .resideInAnyPackage("dev.weir.bpf..", "dev.weir.net..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.weir.bpf..", "dev.weir.net..", "dev.weir.abi..", "java..", "org.jspecify..")
                .check(WEIR);
    }

    @Test
    void agentTouchesNoNativeMemory() {
        noClasses()
                .that()
                .resideInAPackage("dev.weir.agent..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.lang.foreign..", "dev.weir.bpf.ffi..")
                .check(WEIR);
    }

    @Test
    void packagesOfTheAgentFormNoCircle() {
        slices().matching("dev.weir.agent.(*)..").should().beFreeOfCycles().check(WEIR);
    }

    @Test
    void enforcementDoesNotKnowWhoWatches() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.weir.agent.enforce..",
                        "dev.weir.agent.netns..",
                        "dev.weir.agent.owner..",
                        "dev.weir.agent.pins..",
                        "dev.weir.agent.upgrade..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.weir.agent.http..",
                        "dev.weir.agent.metrics..",
                        "dev.weir.agent.cli..",
                        "dev.weir.agent.flow..",
                        "dev.weir.agent.view..",
                        "dev.weir.agent.lab..")
                .check(WEIR);
    }

    @Test
    void viewsArePlainData() {
        noClasses()
                .that()
                .resideInAPackage("dev.weir.agent.view..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.weir.agent.enforce..", "dev.weir.agent.pins..", "dev.weir.bpf..", "dev.weir.net..")
                .check(WEIR);
    }

    /// It may jump, so it is shown and never compared: what is due, idle or old goes by clocks that only go on.
    @Test
    void nothingDecidesByTheWallClock() {
        noClasses()
                .that(not(nameMatching(SHOWING_TIME)))
                .should()
                .callMethodWhere(targetOwner(nameMatching("java\\.(time\\..*|util\\.Calendar|lang\\.System)"))
                        .and(target(nameMatching("now|currentTimeMillis|getInstance|system.*|tick.*"))))
                .orShould()
                .dependOnClassesThat(nameMatching("java\\.util\\.(Date|Timer)"))
                .orShould()
                .callMethodWhere(target(nameMatching("parkUntil|awaitUntil|getLastModifiedTime")))
                .check(WEIR);
    }
}
