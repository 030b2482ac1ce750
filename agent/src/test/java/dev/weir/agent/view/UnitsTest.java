// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "1023, 1023 B",
        "1024, 1.0 KiB",
        "1500000, 1.4 MiB",
        "104857600, 100 MiB",
        "1073741823, 1.0 GiB",
        "9223372036854775807, 8.0 EiB"
    })
    void bytesAreInPowersOf1024(long bytes, String text) {
        assertEquals(text, Units.bytes(bytes));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "999, 999", "1000, 1.0k", "999999, 1.0M", "123456789, 123M"})
    void countsAreInPowersOf1000(long count, String text) {
        assertEquals(text, Units.count(count));
    }

    @ParameterizedTest
    @CsvSource({"0, 0s", "59, 59s", "60, 1m 0s", "3599, 59m 59s", "3600, 1h 0m", "86399, 23h 59m", "90000, 1d 1h"})
    void agesHaveTwoUnits(long seconds, String text) {
        assertEquals(text, Units.age(seconds));
    }
}
