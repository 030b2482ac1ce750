// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import picocli.CommandLine.Option;

/// `--output`, wherever something is listed.
final class OutputOption {
    /// How a list is printed.
    enum Form {
        TABLE,
        JSON;

        @Override
        public String toString() {
            return this == TABLE ? "table" : "json";
        }
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            defaultValue = "table",
            description = "How to print: ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} when absent.")
    Form form = Form.TABLE;

    boolean isJson() {
        return form == Form.JSON;
    }
}
