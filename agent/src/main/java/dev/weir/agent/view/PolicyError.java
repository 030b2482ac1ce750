// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

/// What is wrong with a policy file, or doubtful.
/// @param line from 1; 0 when the error has no place in the file
/// @param column from 1; 0 when the error has no place in the line
/// @param message what is wrong and what was expected
/// @param text the line as it stands in the file; empty when there is none
public record PolicyError(String file, int line, int column, String message, String text) {
    /// `file:line:column: message`, without the numbers that are 0.
    ///
    /// @param severity stands before the message: `warning: `, or nothing
    public String describe(String severity) {
        StringBuilder place = new StringBuilder(file);
        if (line > 0) {
            place.append(':').append(line);
            if (column > 0) {
                place.append(':').append(column);
            }
        }
        return place.append(": ").append(severity).append(message).toString();
    }
}
