// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ListenAddress;
import dev.weir.policy.yaml.ExactService;
import java.net.SocketAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// How the arguments of questions are read; a wrong one is told in the words of whoever reads it.
final class Converters {
    private Converters() {}

    /// An address of either family.
    static final class Address implements ITypeConverter<IpAddress> {
        @Override
        public IpAddress convert(String value) {
            try {
                return IpAddress.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /// Where an agent serves.
    static final class Listen implements ITypeConverter<SocketAddress> {
        @Override
        public SocketAddress convert(String value) {
            try {
                return ListenAddress.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage() + ", expected " + ListenAddress.EXPECTED);
            }
        }
    }

    /// One service, as policies write it.
    static final class OneService implements ITypeConverter<ExactService> {
        @Override
        public ExactService convert(String value) {
            try {
                return ExactService.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
