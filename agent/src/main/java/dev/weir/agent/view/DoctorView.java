// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.List;

/// What `weir doctor` found.
///
/// @param namespaces how many were looked at, the host's among them
/// @param devices how many were looked at, in all of them
/// @param notes what could not be looked at and why, and what is left out, a sentence each
/// @param permitted whether this process had the rights to look at everything
public record DoctorView(List<Finding> findings, int namespaces, int devices, List<String> notes, boolean permitted) {
    public DoctorView {
        findings = List.copyOf(findings);
        notes = List.copyOf(notes);
    }
}
