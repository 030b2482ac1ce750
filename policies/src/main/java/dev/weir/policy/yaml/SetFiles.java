// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.policy.AddressSet;
import dev.weir.yaml.Source;
import dev.weir.yaml.YamlNode;
import java.util.Optional;

/// Where `{file: PATH}` leads.
interface SetFiles {
    /// For texts that come from no file system: every such set is an error.
    SetFiles NONE = (path, source, at) -> {
        source.error(at, "a set from a file needs a file system, and this text has none; expected a list of addresses");
        return Optional.empty();
    };

    /// The set in a file, under whatever name.
    ///
    /// @param path as the policy says
    /// @param source of the policy
    /// @param at where the policy says it
    /// @return empty if something is wrong, which is reported: at `at` if the file cannot be read, else in the
    ///     set's own file
    Optional<AddressSet> read(String path, Source source, YamlNode at);
}
