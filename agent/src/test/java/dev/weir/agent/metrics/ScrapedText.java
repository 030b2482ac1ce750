// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;

/// A scrape as a string.
public final class ScrapedText {
    private ScrapedText() {}

    public static String of(WeirMetrics metrics, WeirMetrics.Format format) {
        ByteBuf text = metrics.scrape(format);
        try {
            return text.toString(UTF_8);
        } finally {
            text.release();
        }
    }
}
