package io.dtx.spring.frameworks;

import io.dtx.test.EmbeddedCoordinator;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A framework on each database: what it writes is undone and kept, and what dtx says reaches its user. */
@ParameterizedClass
@EnumSource(Base.class)
@ExtendWith(OneCoordinator.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
abstract class FrameworkContract {

    @Parameter
    Base base;

    Ground ground;

    @BeforeParameterizedClassInvocation
    void startGround(Base on, EmbeddedCoordinator coordinator) throws Exception {
        ground = Ground.on(on, coordinator);
        prepare();
    }

    /** Makes the tables, and starts the framework. */
    abstract void prepare() throws Exception;

    @AfterParameterizedClassInvocation
    void closeGround() throws Exception {
        stop();
        ground.close();
    }

    /** Stops the framework. */
    void stop() {}
}
