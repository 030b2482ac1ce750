// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

/// The server cannot listen where it was told to; the message says where and why.
public final class ListenException extends Exception {
    private static final long serialVersionUID = 1;

    ListenException(String message) {
        super(message);
    }

    ListenException(String message, Throwable cause) {
        super(message, cause);
    }
}
