package io.dtx.rm;

import io.dtx.client.CoordinatorClient;
import java.util.List;
import javax.sql.DataSource;

/**
 * Makes data sources take part in global transactions. One per process, beside its {@link CoordinatorClient}; thread-safe.
 *
 * <p>Nothing is read from a database before its first connection is taken; a database or a coordinator that is away does
 * not keep an application from starting.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ResourceManager implements AutoCloseable {

    public ResourceManager(CoordinatorClient client, ResourceSettings settings) {
        throw new UnsupportedOperationException(client.connected() + settings.toString());
    }

    /**
     * A data source whose connections take part in the global transaction of the thread that uses them. Its
     * {@code unwrap} reaches the target.
     */
    public DataSource wrap(DataSource target) {
        return manage("dataSource", target).asDataSource();
    }

    /**
     * Takes a data source under management, for callers that keep the DataSource's own class and wrap its connections
     * themselves. The same target gives the same resource.
     *
     * @param name for people: the bean's name
     */
    public Resource manage(String name, DataSource target) {
        throw new UnsupportedOperationException(name + target);
    }

    /** All that are managed, for health and metrics. */
    public List<Resource> resources() {
        throw new UnsupportedOperationException();
    }

    /** Stops the sweep and detaches from the coordinator. Leaves the client and the data sources open. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
