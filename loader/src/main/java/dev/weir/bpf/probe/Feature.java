// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.probe;

import dev.weir.bpf.BpfException;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.RcuFence;
import dev.weir.bpf.TcxAttachment;
import dev.weir.bpf.probe.Support.Supported;
import dev.weir.bpf.probe.Support.Unknown;
import dev.weir.bpf.probe.Support.Unsupported;

/// Something that Weir needs of the kernel, of libbpf or of its own rights.
public enum Feature {
    /// libbpf is there, and this process may make maps.
    BPF {
        @Override
        void attempt() {
            RcuFence.create().close();
        }

        @Override
        Support refused(BpfException.NotPermitted e) {
            return new Unsupported(
                    "this process may not use BPF", "run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_SYS_ADMIN");
        }
    },

    /// Programs can be attached to devices by TCX links (Linux 6.6).
    TCX {
        // A device that does not exist: a kernel with TCX looks for it, one without refuses the question.
        @Override
        void attempt() {
            if (TcxAttachment.chain(Integer.MAX_VALUE, DeviceHook.TCX_INGRESS).isPresent()) {
                throw new IllegalStateException("a device has the ifindex " + Integer.MAX_VALUE);
            }
        }

        @Override
        Support refused(BpfException.NotPermitted e) {
            return new Unknown("this process may not ask; run as root, or with CAP_BPF and CAP_NET_ADMIN");
        }
    };

    /// Tries it now; nothing is left behind.
    public Support support() {
        try {
            attempt();
            return new Supported();
        } catch (BpfException.NotPermitted e) {
            return refused(e);
        } catch (BpfException.Unsupported e) {
            return new Unsupported(e.reason(), e.remedy());
        } catch (BpfException e) {
            return new Unknown(String.valueOf(e.getMessage()));
        } catch (UnsatisfiedLinkError e) {
            return new Unsupported(String.valueOf(e.getMessage()), "apt install libbpf1");
        }
    }

    abstract void attempt();

    abstract Support refused(BpfException.NotPermitted e);
}
