// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/// Writes class files of a jar anew that are older than Java 6, in the format of Java 8: with the frames that the JVM's
/// verifier wants there, and nothing else changed. The JVM keeps no older ones in its cache of classes, but reads and
/// verifies them from the jar each time.
///
/// Usage: java RaiseClasses.java JAR, which is replaced.

private static final int FRAMES = ClassFile.JAVA_6_VERSION; // the first with them

void main(String... arguments) throws IOException {
    Path jar = Path.of(arguments[0]);
    Path raised = jar.resolveSibling(jar.getFileName() + ".raised");
    try (URLClassLoader classes = new URLClassLoader(new URL[] {jar.toUri().toURL()});
            ZipInputStream in = new ZipInputStream(Files.newInputStream(jar));
            ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(raised))) {
        ClassFile format = ClassFile.of(
                ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofClassLoading(classes)),
                StackMapsOption.GENERATE_STACK_MAPS);
        for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
            byte[] content = in.readAllBytes();
            ZipEntry copy = new ZipEntry(entry.getName());
            copy.setLastModifiedTime(entry.getLastModifiedTime());
            out.putNextEntry(copy);
            out.write(entry.getName().endsWith(".class") ? raised(format, content) : content);
        }
    }
    Files.move(raised, jar, StandardCopyOption.REPLACE_EXISTING);
}

private static byte[] raised(ClassFile format, byte[] content) {
    ClassModel model = format.parse(content);
    if (model.majorVersion() >= FRAMES) {
        return content;
    }
    ClassTransform version = (builder, element) -> {
        if (element instanceof ClassFileVersion) {
            builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
        } else {
            builder.with(element);
        }
    };
    return format.transformClass(model, version.andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)));
}
