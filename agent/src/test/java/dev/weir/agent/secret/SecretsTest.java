// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.secret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", " \t\r\n\n"})
    void whiteSpaceAtTheEndIsNotOfTheToken(String end) throws Exception {
        BearerToken token = BearerToken.read(token(TOKEN + end));

        assertTrue(token.isShownBy("Bearer " + TOKEN));
        assertEquals("Bearer " + TOKEN, token.credentials());
    }

    @ParameterizedTest
    @CsvSource({
        "Bearer 0123456789abcdef0123456789abcdef, true",
        "bearer  0123456789abcdef0123456789abcdef, true",
        "Bearer 0123456789abcdef0123456789abcdeF, false",
        "Bearer 0123456789abcdef0123456789abcde, false",
        "Bearer 0123456789abcdef0123456789abcdef0, false",
        "Bearer 0123456789abcdef 0123456789abcdef, false",
        "Basic 0123456789abcdef0123456789abcdef, false",
        "0123456789abcdef0123456789abcdef, false",
        "Bearer, false",
        "'', false",
    })
    void onlyTheWholeTokenIsOne(String credentials, boolean isOne) throws Exception {
        assertEquals(isOne, BearerToken.read(token(TOKEN)).isShownBy(credentials));
    }

    @Test
    void tokenThatIsNoneIsRefusedWithTheCommandThatMakesOne() throws Exception {
        for (String wrong : new String[] {
            "", TOKEN.substring(1), TOKEN + "\n" + TOKEN, TOKEN + " x", "ü" + TOKEN, "a".repeat(1025), "=" + TOKEN
        }) {
            SecretFile file = token(wrong);
            assertTrue(why(() -> BearerToken.read(file)).contains("openssl rand -hex 32"), wrong);
        }
        SecretFile large = token("a".repeat(5000));
        assertTrue(why(large::read).endsWith("it is larger than 4096 bytes"));
        assertTrue(BearerToken.read(token("a".repeat(1024))).isShownBy("Bearer " + "a".repeat(1024)));
    }

    @Test
    void fileThatOthersMayReadIsRefusedWithTheCommandThatMendsIt() throws Exception {
        SecretFile file = token(TOKEN);
        for (String permissions : new String[] {"rw----r--", "rw-----w-", "rw-r--r--"}) {
            Openssl.permit(file.path(), permissions);
            assertEquals(
                    "read the token %s: others than its owner may read or change it; run: chmod 600 %s"
                            .formatted(file.path(), file.path()),
                    why(file::read));
        }
        Openssl.permit(file.path(), "rw-r-----");
        boolean isRoots = Integer.valueOf(0).equals(Files.getAttribute(file.path(), "unix:gid"));
        if (isRoots) {
            assertEquals(TOKEN, file.read());
        } else {
            assertTrue(why(file::read).contains("chmod 600"));
        }
    }

    @Test
    void whatIsNoFileIsNotRead() {
        assertEquals(
                "read the token %s: it is not a file".formatted(directory),
                why(SecretFile.token(directory.toString())::read));
        assertEquals(
                "read the key %s/none: it does not exist".formatted(directory),
                why(SecretFile.key(directory + "/none")::read));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ec -pkeyopt ec_paramgen_curve:P-384", "rsa:2048", "ed25519"})
    void keysOfAllUsualKindsAreTaken(String kind) throws Exception {
        Openssl made = new Openssl(directory);
        Openssl.run("req -x509 -newkey %s -nodes -days 30 -subj /CN=weir -keyout %s -out %s"
                .formatted(kind, made.key(), made.certificate()));

        assertEquals(1, identity(made).chain().size());
    }

    @Test
    void keyThatCannotBeUsedIsExplained() throws Exception {
        Openssl made = Openssl.in(directory);
        Path right = directory.resolve("right");
        Files.move(made.key(), right);

        Openssl.run("ec -in " + right + " -out " + made.key());
        assertTrue(why(() -> identity(made)).endsWith("openssl pkcs8 -topk8 -nocrypt -in " + made.key()));
        Openssl.run("pkcs8 -topk8 -passout pass:secret -in " + right + " -out " + made.key());
        assertTrue(why(() -> identity(made)).endsWith("openssl pkcs8 -topk8 -nocrypt -in " + made.key()));
        Openssl.run("genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -out " + made.key());
        assertTrue(why(() -> identity(made)).endsWith("it is not the key of the certificate in " + made.certificate()));
        Openssl.run("genpkey -algorithm ed25519 -out " + made.key());
        assertTrue(why(() -> identity(made)).contains("it is not a key of the algorithm EC"));
        Files.writeString(made.key(), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        assertTrue(why(() -> identity(made)).contains("it is not a key of the algorithm EC"));
        Files.writeString(made.key(), "nothing");
        assertTrue(why(() -> identity(made)).contains("there is no line -----BEGIN PRIVATE KEY-----"));
        Openssl.run("pkcs8 -topk8 -nocrypt -in " + right + " -out " + made.key());
        assertEquals(1, identity(made).chain().size());
    }

    @Test
    void certificateThatIsNoneIsRefused() throws Exception {
        Openssl made = Openssl.in(directory);
        String certificate = Files.readString(made.certificate());

        for (String wrong : new String[] {"", "nothing\n", certificate.substring(0, 200), certificate.repeat(17)}) {
            Files.writeString(made.certificate(), wrong);
            String why = why(() -> identity(made));
            assertTrue(why.startsWith("use the certificate in " + made.certificate() + ": it "), why);
        }
        Files.writeString(made.certificate(), "about it\n" + certificate.repeat(2));
        assertEquals(2, identity(made).chain().size());
    }

    @Test
    void noMessageTellsWhatIsInside() throws Exception {
        SecretFile file = token("secret and more than one word in a line");
        assertFalse(why(() -> BearerToken.read(file)).contains("secret"));
    }

    private static Identity identity(Openssl made) throws SecretException {
        SecretFile certificate = SecretFile.certificate(made.certificate().toString());
        SecretFile key = SecretFile.key(made.key().toString());
        Openssl.permit(made.key(), "rw-------");
        return Identity.of(certificate, certificate.read(), key, key.read());
    }

    private SecretFile token(String text) throws Exception {
        Path file = Files.writeString(directory.resolve("token"), text);
        Openssl.permit(file, "rw-------");
        return SecretFile.token(file.toString());
    }

    private static String why(Executable reads) {
        return String.valueOf(assertThrows(SecretException.class, reads).getMessage());
    }
}
