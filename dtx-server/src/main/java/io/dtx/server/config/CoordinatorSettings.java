package io.dtx.server.config;

import io.dtx.server.runtime.LeaderSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator needs to be told.
 *
 * @param address where applications connect; port 0 for any that is free
 * @param token what applications must send; null for none
 * @param dataDirectory created if missing
 * @param newClusterId an operator's word that old data begins a new life under a new cluster id
 */
public record CoordinatorSettings(
        InetSocketAddress address,
        @Nullable String token,
        Path dataDirectory,
        LeaderSettings leader,
        boolean newClusterId) {

    /** Without the token. */
    @Override
    public String toString() {
        return "CoordinatorSettings[" + address + ", " + dataDirectory + (token == null ? "" : ", with token") + "]";
    }
}
