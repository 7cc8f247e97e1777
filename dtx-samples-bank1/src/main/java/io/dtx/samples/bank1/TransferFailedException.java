package io.dtx.samples.bank1;

class TransferFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TransferFailedException(String message) {
        super(message);
    }
}
