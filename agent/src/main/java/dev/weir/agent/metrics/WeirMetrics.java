// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.weir.agent.view.AgentView;
import dev.weir.agent.view.MeterSnapshot;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What `/metrics` answers: first the meters of [WeirMeter], then those of the agent's own process, which a
/// Micrometer registry holds. The former are not kept between scrapes: each takes a snapshot and shows what is in it,
/// so that a namespace's series go when it goes and a counter is always the kernel's. (The collectors of a
/// registry took eight times as long for the same series.) One scrape runs at a time; who asks while one runs
/// shares its answer, so that many scrapers cost little more than one.
public final class WeirMetrics {
    /// A text form of the meters.
    public enum Format {
        PROMETHEUS("text/plain; version=0.0.4; charset=utf-8"),
        OPENMETRICS("application/openmetrics-text; version=1.0.0; charset=utf-8");

        private final String contentType;

        Format(String contentType) {
            this.contentType = contentType;
        }

        public String contentType() {
            return contentType;
        }

        /// The form that a request's `Accept` header asks for: OpenMetrics where it is named and
        /// nothing is preferred to it, else Prometheus text, also where neither is acceptable, which is
        /// better than an error.
        public static Format accepted(@Nullable String accept) {
            AcceptHeader header = new AcceptHeader(accept == null ? "" : accept);
            AcceptHeader.Welcome open = header.welcome("application/openmetrics-text", "1.0.0");
            AcceptHeader.Welcome plain = header.welcome("text/plain", "0.0.4");
            boolean preferred = open.quality() > plain.quality();
            boolean named = open.named() && open.quality() > 0 && open.quality() == plain.quality();
            return preferred || named ? OPENMETRICS : PROMETHEUS;
        }
    }

    /// One that runs, and how many wait for it besides who began it.
    private static final class Scrape {
        private final CompletableFuture<ByteBuf> text = new CompletableFuture<>();
        private int others;
    }

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private static final int LEAST_BYTES = 65_536;

    private final AgentView view;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<Format, Scrape> running = new EnumMap<>(Format.class);
    private final Map<Format, Exposition> texts = new EnumMap<>(Format.class);
    private int lastBytes = LEAST_BYTES;

    public WeirMetrics(AgentView view) {
        this.view = view;
        // Under names that are no good in Prometheus; the first is told by the name that all its clients use.
        Set<String> misnamed = Set.of("process.cpu.time", "system.cpu.count");
        registry.config().meterFilter(MeterFilter.deny(id -> misnamed.contains(id.getName())));
        new JvmMemoryMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        Gauge.builder("process.files.open", DESCRIPTORS, WeirMetrics::count)
                .baseUnit("files")
                .description("The open file descriptor count")
                .register(registry);
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            FunctionCounter.builder("process.cpu", system, process -> process.getProcessCpuTime() / 1e9)
                    .baseUnit("seconds")
                    .description("Processor time that the agent has taken")
                    .register(registry);
            Gauge.builder("process.files.max", system, UnixOperatingSystemMXBean::getMaxFileDescriptorCount)
                    .baseUnit("files")
                    .description("The maximum file descriptor count")
                    .register(registry);
        }
    }

    /// How many files are open, without listing them: an agent with a thousand devices has three thousand.
    ///
    /// @param descriptors of which the size is their number, since Linux 6.2 (proc_pid_fd(5))
    private static double count(Path descriptors) {
        try {
            return Files.size(descriptors);
        } catch (IOException e) {
            return Double.NaN;
        }
    }

    /// Where other parts of the agent register meters about themselves.
    public MeterRegistry registry() {
        return registry;
    }

    /// Every meter in `format`, in UTF-8.
    ///
    /// @return the text, which the caller has to release
    public ByteBuf scrape(Format format) {
        Scrape mine = new Scrape();
        Scrape other;
        synchronized (running) {
            other = running.putIfAbsent(format, mine);
            if (other != null) {
                other.others++;
            }
        }
        if (other != null) {
            return other.text.join().duplicate();
        }
        try {
            ByteBuf text = write(format);
            end(format);
            mine.text.complete(text.retain(1 + mine.others));
            text.release();
        } catch (IOException e) {
            end(format);
            mine.text.completeExceptionally(
                    new UncheckedIOException("write the metrics as " + format.contentType(), e));
        } catch (RuntimeException | Error e) {
            end(format);
            mine.text.completeExceptionally(e);
        }
        return mine.text.join().duplicate();
    }

    /// From now on nobody waits for the scrape that runs, but those that do.
    private void end(Format format) {
        synchronized (running) {
            running.remove(format);
        }
    }

    private synchronized ByteBuf write(Format format) throws IOException {
        MeterSnapshot snapshot = view.meters();
        Exposition out = texts.computeIfAbsent(format, Exposition::new);
        ByteBuf text = Unpooled.directBuffer(lastBytes + lastBytes / 8);
        try {
            out.begin(text);
            for (WeirMeter meter : WeirMeter.values()) {
                out.write(meter, snapshot);
            }
            // The registry's text comes last because in OpenMetrics it ends with the mark of the end.
            registry.scrape(out, format.contentType());
            out.end();
        } catch (IOException | RuntimeException | Error e) {
            text.release();
            throw e;
        }
        lastBytes = Math.max(LEAST_BYTES, text.readableBytes());
        return text;
    }
}
