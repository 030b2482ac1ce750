// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What may know what in this module and in `bpf`.
class ArchitectureTest {
    private static final String FOREIGN = "java.lang.foreign..";
    private static final JavaClasses CLASSES =
            new ClassFileImporter().withImportOption(new DoNotIncludeTests()).importPackages("dev.weir");

    @Test
    void nativeMemoryStaysBelowThePublicTypes() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.weir.abi", "dev.weir.bpf.ffi", "dev.weir.bpf")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(FOREIGN)
                .because("docs/adr/0001 says where native memory may be touched")
                .check(CLASSES);
    }

    @Test
    void callersOfTheLoaderSeeNoNativeMemory() {
        methods()
                .that()
                .areDeclaredInClassesThat()
                .resideInAnyPackage("dev.weir.bpf", "dev.weir.bpf.probe", "dev.weir.net")
                .and()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .arePublic()
                .should(new ArchCondition<>("mention no type of java.lang.foreign") {
                    @Override
                    public void check(JavaMethod method, ConditionEvents events) {
                        boolean clean = Stream.concat(
                                        Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
                                .noneMatch(type -> type.getPackageName().equals("java.lang.foreign"));
                        events.add(new SimpleConditionEvent(method, clean, method.getFullName()));
                    }
                })
                .check(CLASSES);
    }

    @Test
    void restrictedMethodsAreCalledInTheDoorOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.weir.bpf.ffi")
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "MemorySegment.reinterpret, SymbolLookup.libraryLookup or a linker",
                        call -> call.getTarget()
                                .getName()
                                .matches("reinterpret|libraryLookup|downcallHandle|upcallStub")))
                .check(CLASSES);
    }

    @Test
    void bindingsAreForThisModuleAndKnowNothingAboveThem() {
        classes()
                .that()
                .resideInAPackage("dev.weir.bpf.ffi")
                .should()
                .onlyBeAccessed()
                .byAnyPackage("dev.weir.bpf..", "dev.weir.net")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("dev.weir.bpf.ffi")
                .should(dependOnClassesThat(inOtherPackageOfWeir()))
                .check(CLASSES);
    }

    private static DescribedPredicate<JavaClass> inOtherPackageOfWeir() {
        return DescribedPredicate.describe(
                "are of Weir, but no bindings",
                type -> type.getPackageName().startsWith("dev.weir")
                        && !type.getPackageName().equals("dev.weir.bpf.ffi"));
    }

    @Test
    void theLoaderKnowsNoPolicyAndNoAgent() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.weir.policy..", "dev.weir.agent..")
                .check(CLASSES);
    }

    @Test
    void recordsOfTheAbiDependOnNothingElse() {
        noClasses()
                .that()
                .resideInAPackage("dev.weir.abi")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.weir.bpf..", "dev.weir.net..")
                .check(CLASSES);
    }
}
