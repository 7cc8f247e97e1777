package io.dtx.settings;

import java.util.List;

/** What somebody has written in place of the name of a setting. */
public sealed interface Spelling {

    /** One that there is. */
    record Known() implements Spelling {}

    /** The name of a group, which can not have a value of its own. */
    record Group(List<String> members) implements Spelling {}

    /** Nearly this one. */
    record Slip(String meant) implements Spelling {}

    /**
     * None, and near none.
     *
     * @param beside the settings of the smallest group that it would belong to; empty if that is only the group of all
     */
    record Unknown(List<String> beside) implements Spelling {}
}
