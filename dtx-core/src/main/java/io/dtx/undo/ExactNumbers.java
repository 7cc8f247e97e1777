package io.dtx.undo;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * The numbers that a column of an exact type holds: all multiples of one unit between two bounds. Immutable.
 *
 * @param least the smallest, with the column's scale
 * @param greatest the largest, likewise
 * @param scale how many digits follow the point
 */
record ExactNumbers(BigDecimal least, BigDecimal greatest, int scale) {

    /** @param bits of the type, the sign's included */
    static ExactNumbers integers(int bits, boolean unsigned) {
        BigInteger all = BigInteger.ONE.shiftLeft(unsigned ? bits : bits - 1);
        return new ExactNumbers(
                new BigDecimal(unsigned ? BigInteger.ZERO : all.negate()),
                new BigDecimal(all.subtract(BigInteger.ONE)),
                0);
    }

    /**
     * @param precision how many digits there are in all
     * @param scale how many of them follow the point
     */
    static ExactNumbers decimals(int precision, int scale, boolean unsigned) {
        BigDecimal greatest = new BigDecimal(BigInteger.TEN.pow(precision).subtract(BigInteger.ONE), scale);
        return new ExactNumbers(unsigned ? BigDecimal.ZERO.setScale(scale) : greatest.negate(), greatest, scale);
    }

    /** Whether the column can hold all of the other's numbers, and shows them with as many digits behind the point. */
    boolean holdAll(ExactNumbers others) {
        return scale == others.scale && least.compareTo(others.least) <= 0 && greatest.compareTo(others.greatest) >= 0;
    }

    /** Whether the column can hold the number, without rounding it. */
    boolean hold(BigDecimal number) {
        return number.scale() <= scale && number.compareTo(least) >= 0 && number.compareTo(greatest) <= 0;
    }

    /**
     * Whether the number can be added to one of these, or taken from it, in the database's exact arithmetic: it has no more
     * digits than they have, before the point and behind it, and every driver writes it without an exponent, which would
     * make it an inexact one.
     */
    boolean canBeChangedBy(BigDecimal number) {
        boolean withoutExponent = number.scale() >= 0 && number.precision() - number.scale() > -6;
        BigDecimal most = least.negate().max(greatest);
        return withoutExponent && number.scale() <= scale && number.abs().compareTo(most) <= 0;
    }

    /** The number that was read from the column; null if that is null, or none that the column can hold as it is known. */
    @Nullable BigDecimal read(Value value) {
        BigDecimal number = switch (value.kind()) {
            case INTEGER -> BigDecimal.valueOf(value.asLong());
            case DECIMAL -> new BigDecimal(value.asText());
            default -> null;
        };
        return number != null && number.scale() == scale && hold(number) ? number : null;
    }

    /** A number that the column can hold, as it would be read from there in this form. */
    Value written(BigDecimal number, Form form) {
        return form == Form.INTEGER ? Value.integer(number.longValueExact()) : Value.decimal(number.setScale(scale));
    }
}
