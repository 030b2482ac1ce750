// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.agent.Log;
import dev.weir.agent.metrics.WeirMetrics;
import dev.weir.agent.view.AgentView;
import dev.weir.agent.view.BadQuery;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.FlowQuery;
import dev.weir.agent.view.InterfaceView;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.PeerQuery;
import dev.weir.agent.view.PoliciesView;
import dev.weir.agent.view.StatusView;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Which path answers what.
final class Routes {
    private static final String PLAIN = "text/plain; charset=utf-8";
    private static final int MAX_PARAMETERS = 64;

    /// The paths whose answers somebody has to be asked for.
    static final Set<String> ASKED = Set.of(
            "/metrics",
            "/readyz",
            "/api/v1/status",
            "/api/v1/namespaces",
            "/api/v1/interfaces",
            "/api/v1/peers",
            "/api/v1/policies",
            "/api/v1/flows",
            "/api/v1/flows/stream",
            "/api/v1/events",
            "/api/v1/events/stream");

    private static final Reply DESCRIPTION = Reply.text("application/json", resource("openapi.json"));
    private static final Reply ALIVE = Reply.text(PLAIN, Reply.utf8("alive\n"));
    private static final Reply INDEX = Reply.text(PLAIN, Reply.utf8("""
                    Weir secures and measures the network namespaces of this host.

                    /                      the dashboard, for a browser
                    /metrics               meters, as Prometheus text or OpenMetrics
                    /healthz               whether the agent is alive
                    /readyz                whether every selected device is enforced, and by the newest policies
                    /api/v1/openapi.json   what all of these take and answer (OpenAPI 3.1)
                    /api/v1/status         generation, devices, drift, maps, last error
                    /api/v1/namespaces     each namespace, and what it sent and received
                    /api/v1/interfaces     both ends of the devices of one: ?namespace=
                    /api/v1/peers          who talks to whom: ?namespace=&limit=
                    /api/v1/policies       the policies in force, their rules and counters, errors in their files: ?namespace=
                    /api/v1/flows          live flows: ?FILTERS&sort=&limit=&cursor=
                    /api/v1/flows/stream   what changes of them: ?FILTERS&sort=&limit=
                    /api/v1/events         drops and logged flows: ?FILTERS&since=&limit=&cursor=
                    /api/v1/events/stream  the same and what follows

                    Streams are server-sent events.
                    FILTERS, each as often as needed, and each also as not-NAME=:
                    namespace= peer= service= verdict= policy= rule= direction= protocol= port=
                    """));

    private final AgentView view;
    private final WeirMetrics metrics;
    private final Guard guard;
    private final Executor workers;
    private final WebFiles web = new WebFiles();
    private final FlowTicks ticks;

    /// @param workers for what can be done while a part of an answer is made
    Routes(AgentView view, WeirMetrics metrics, Guard guard, Executor workers) {
        this.view = view;
        this.metrics = metrics;
        this.guard = guard;
        this.workers = workers;
        this.ticks = new FlowTicks(view);
    }

    /// What the decoder made of a request, judged.
    Request read(HttpRequest request) {
        return Request.of(request, guard);
    }

    /// The answer, if it is known without asking anyone, and so may be given on an event loop; else null.
    @Nullable
    Reply atOnce(Request request) {
        if (request.refusal() != null) {
            return request.refusal();
        }
        Reply file = web.answer(path(request), request.known());
        if (file != null) {
            return file;
        }
        if (path(request).equals("/healthz")) {
            return ALIVE;
        }
        if (!request
                .isAdmitted()) { // whoever asks for the token needs the page, and there is nothing of the host in it
            return guard.refuse();
        }
        return switch (path(request)) {
            case "/api/v1/" -> INDEX;
            case "/api/v1/openapi.json" -> DESCRIPTION;
            default -> ASKED.contains(path(request)) ? null : unknown();
        };
    }

    /// The answer; may take a while. What goes wrong inside is logged and told to the client without details.
    Answer answer(Request request) {
        try {
            return switch (path(request)) {
                case "/metrics" ->
                    new Reply(
                            HttpResponseStatus.OK,
                            request.format().contentType(),
                            Map.of(),
                            metrics.scrape(request.format()));
                case "/readyz" -> readiness(view.status());
                case "/api/v1/status" -> Reply.json(view.status());
                case "/api/v1/namespaces" ->
                    Reply.json(new NamespaceView.Listing(view.namespaces(), view.hostAddresses()));
                case "/api/v1/interfaces" ->
                    queried(
                            request,
                            parameters -> Reply.json(
                                    new InterfaceView.Listing(view.interfaces(InterfaceView.parse(parameters)))));
                case "/api/v1/peers" ->
                    queried(request, parameters -> Reply.json(view.peers(PeerQuery.parse(parameters))));
                case "/api/v1/policies" -> queried(request, parameters -> Reply.json(policies(parameters)));
                case "/api/v1/flows" -> queried(request, parameters -> flows(FlowQuery.parse(parameters)));
                case "/api/v1/flows/stream" ->
                    queried(request, parameters -> new FlowFeed(ticks, FlowQuery.parseStream(parameters)));
                case "/api/v1/events" ->
                    queried(request, parameters -> Reply.json(view.events(EventQuery.parse(parameters))));
                case "/api/v1/events/stream" ->
                    queried(
                            request,
                            parameters ->
                                    new EventFeed(view, EventQuery.parseStream(parameters, request.lastEventId())));
                default -> unknown();
            };
        } catch (RuntimeException | Error e) { // whatever happened, the client waits for an answer
            Log.failure("answer " + path(request) + ": " + e, e);
            return Reply.problem(
                    HttpResponseStatus.INTERNAL_SERVER_ERROR, "the answer could not be made; the agent's log says why");
        }
    }

    private PoliciesView policies(Map<String, List<String>> parameters) throws BadQuery {
        String namespace = PoliciesView.parse(parameters);
        return namespace == null ? view.policies() : view.policies(namespace);
    }

    /// What answers the parameters of a query.
    @FunctionalInterface
    private interface Answerer {
        Answer answer(Map<String, List<String>> parameters) throws BadQuery;
    }

    private static Answer queried(Request request, Answerer answerer) {
        Map<String, List<String>> parameters;
        try {
            // The decoder leaves out what is beyond its limit.
            parameters = new QueryStringDecoder(request.target(), UTF_8, true, MAX_PARAMETERS + 1, true).parameters();
        } catch (IllegalArgumentException e) {
            return Reply.problem(HttpResponseStatus.BAD_REQUEST, "the query is not percent-encoded as it should be");
        }
        if (parameters.values().stream().mapToInt(List::size).sum() > MAX_PARAMETERS) {
            return Reply.problem(
                    HttpResponseStatus.BAD_REQUEST, "the query has more than " + MAX_PARAMETERS + " parameters");
        }
        try {
            return answerer.answer(parameters);
        } catch (BadQuery e) {
            return Reply.problem(HttpResponseStatus.BAD_REQUEST, "the query is wrong", e.problems(), Map.of());
        }
    }

    private Answer flows(FlowQuery query) {
        return query.isWhole()
                ? new TableFeed(view.walk(query.position()), query.filter(), workers)
                : Reply.json(view.flows(query));
    }

    private static Reply readiness(StatusView status) {
        return status.ready() ? Reply.json(status.readiness()) : Reply.problem(NotReady.of(status.readiness()));
    }

    private static Reply unknown() {
        return Reply.problem(HttpResponseStatus.NOT_FOUND, "no such path; /api/v1/ lists those that there are");
    }

    private static byte[] resource(String name) {
        try (InputStream in = Routes.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing in this build");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + name, e);
        }
    }

    private static String path(Request request) {
        int query = request.target().indexOf('?');
        return query < 0 ? request.target() : request.target().substring(0, query);
    }
}
