package io.dtx.samples.demo;

/** A place where something of the demo listens. */
enum Service {
    BANK1("bank1", 8081, "demo.bank1.port"),
    BANK2("bank2", 8082, "demo.bank2.port"),
    COORDINATOR("the coordinator", 8091, "demo.coordinator.port"),
    CONSOLE("the coordinator's HTTP side", 7091, "demo.console.port"),
    REGISTRY("the registry", 8761, "demo.registry.port");

    private final String label;
    private final int defaultPort;
    private final String portOption;

    Service(String label, int defaultPort, String portOption) {
        this.label = label;
        this.defaultPort = defaultPort;
        this.portOption = portOption;
    }

    String label() {
        return label;
    }

    int defaultPort() {
        return defaultPort;
    }

    String portOption() {
        return portOption;
    }
}
