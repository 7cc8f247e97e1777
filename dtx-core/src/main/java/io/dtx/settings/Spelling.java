package io.dtx.settings;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What somebody has written in place of the name of a setting, and what to say about it. */
public sealed interface Spelling {

    /**
     * What stops a start.
     *
     * @param problem one sentence
     * @param remedy what to write instead
     */
    record Complaint(String problem, String remedy) {}

    /**
     * What stops the start because of this; null if nothing does.
     *
     * @param key as it was written
     * @param place where, in brackets after a blank; empty if that is not known
     * @param hasValue whether something stands behind the key
     */
    default @Nullable Complaint complaint(String key, String place, boolean hasValue) {
        return null;
    }

    /** What to log, once, about keys that mean nothing. */
    static String ignored(List<String> keys) {
        return "dtx does not know, and ignores: " + String.join("; ", keys)
                + ". All properties are in docs/configuration.md";
    }

    /** One that there is. */
    record Known() implements Spelling {}

    /** The name of a group, which can not have a value of its own. */
    record Group(List<String> members) implements Spelling {

        /** In YAML, a group whose members are all commented out is a key without a value. */
        @Override
        public @Nullable Complaint complaint(String key, String place, boolean hasValue) {
            return hasValue
                    ? new Complaint(
                            "'" + key + "'" + place + " is no property but a group of them, and can not have a value.",
                            "Write one of: " + String.join(", ", members))
                    : null;
        }
    }

    /** Nearly this one: what was meant to be set is not. */
    record Slip(String meant) implements Spelling {

        @Override
        public Complaint complaint(String key, String place, boolean hasValue) {
            return new Complaint(
                    "There is no property '" + key + "'" + place + ".",
                    "Did you mean '" + meant + "'? All properties are in docs/configuration.md.");
        }
    }

    /**
     * None, and near none.
     *
     * @param beside the settings of the smallest group that it would belong to; empty if that is only the group of all
     */
    record Unknown(List<String> beside) implements Spelling {

        /** What else there is beside it, after a comma; empty if nothing is. */
        public String hint() {
            return beside.isEmpty() ? "" : ", beside " + String.join(", ", beside);
        }
    }
}
