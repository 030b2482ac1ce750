// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import picocli.CommandLine.Option;

/// `--output`, where rows are listed that may be many or never end.
final class RowsOption {
    /// How rows are printed.
    enum Form {
        TABLE,
        /// The agent's answer, indented.
        JSON,
        /// A row a line.
        JSONL;

        @Override
        public String toString() {
            return switch (this) {
                case TABLE -> "table";
                case JSON -> "json";
                case JSONL -> "jsonl";
            };
        }
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            defaultValue = "table",
            description =
                    "How to print: ${COMPLETION-CANDIDATES}, which is JSON with a row a line; ${DEFAULT-VALUE} when absent.")
    Form form = Form.TABLE;
}
