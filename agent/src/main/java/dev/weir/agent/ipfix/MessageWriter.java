// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;

/// Puts templates and data records into messages (RFC 7011, section 3) of one transport session. Not for several
/// threads.
final class MessageWriter {
    private static final int VERSION = 10;
    private static final int SET_HEADER_BYTES = 4;

    /// The least that a message has room for: one of each template, and one record.
    static final int MIN_BYTES = 512;

    private final int domain;
    private final LongSupplier seconds;
    private final Output output;
    private final ByteBuffer message;
    private final ByteBuffer one = ByteBuffer.allocate(DataRecord.MAX_BYTES);
    private int sequence; // data records in the messages before this
    private int records; // data records in this
    private int flows; // flow records among them
    private int setStart; // of the set that is being written; 0: none
    private int setId;

    /// Where messages go.
    interface Output {
        /// Sends one message, whole.
        ///
        /// @param flows flow records in it
        /// @throws IOException when it is not sent; no other will be, either
        void send(ByteBuffer message, int flows) throws IOException;
    }

    /// @param maxBytes of a message, [#MIN_BYTES] to 65,535
    /// @param domain observation domain
    /// @param seconds Unix time
    MessageWriter(int maxBytes, int domain, LongSupplier seconds, Output output) {
        this.domain = domain;
        this.seconds = seconds;
        this.output = output;
        this.message = ByteBuffer.allocate(maxBytes);
        begin();
    }

    /// Tells what the records to come consist of, in a message of its own.
    void addTemplates() throws IOException {
        flush();
        for (Template template : Template.ALL) {
            template.write(message);
        }
        send();
    }

    /// Adds a record; the message before it goes when it is full.
    void add(DataRecord added) throws IOException {
        one.clear();
        added.write(one);
        one.flip();
        int id = added.template().id();
        if (message.remaining() < one.remaining() + (isIn(id) ? 0 : SET_HEADER_BYTES)) {
            send();
        }
        if (!isIn(id)) {
            endSet();
            setStart = message.position();
            setId = id;
            message.putShort((short) id).putShort((short) 0);
        }
        message.put(one);
        records++;
        flows += added instanceof FlowRecord ? 1 : 0;
    }

    /// Sends what waits, if anything does.
    void flush() throws IOException {
        if (records > 0) {
            send();
        }
    }

    /// Flow records that wait to be sent, or that were in the message that could not be sent.
    int waiting() {
        return flows;
    }

    private boolean isIn(int id) {
        return setStart != 0 && setId == id;
    }

    private void endSet() {
        if (setStart != 0) {
            message.putShort(setStart + Short.BYTES, (short) (message.position() - setStart));
            setStart = 0;
        }
    }

    private void send() throws IOException {
        endSet();
        message.putShort(Short.BYTES, (short) message.position());
        message.putInt(4, (int) seconds.getAsLong());
        message.putInt(8, sequence);
        message.flip();
        output.send(message, flows);
        sequence += records;
        begin();
    }

    private void begin() {
        records = 0;
        flows = 0;
        message.clear();
        message.putShort((short) VERSION)
                .putShort((short) 0)
                .putInt(0)
                .putInt(0)
                .putInt(domain);
    }
}
