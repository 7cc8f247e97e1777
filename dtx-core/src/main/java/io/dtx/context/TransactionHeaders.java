package io.dtx.context;

import io.dtx.error.UsageException;
import io.dtx.model.Execution;
import io.dtx.model.Xid;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** How a global transaction travels with a call, whatever carries the call: as named text values. */
public final class TransactionHeaders {

    /** Carries the XID from caller to participant. */
    public static final String XID = "dtx-xid";
    /**
     * Beside {@link #XID}: names the call, so that the coordinator can tell two deliveries of it from two calls. The executions
     * that led to it, each as call and execution with a dot between, then the call's own id, with slashes between; ids are
     * UUIDs. A participant that was called without it sends none: its caller reads no {@link #BRANCHES}, so what is registered
     * because of its calls would be in nobody's count.
     */
    public static final String CALL = "dtx-call";
    /**
     * On an answer: the participant ended in an error and could not have its veto acknowledged in time, or did not take part, so
     * the caller must veto. The value says why, in printable ASCII.
     */
    public static final String VETO = "dtx-veto";
    /**
     * On an answer of 5xx, with any value: it is the participant's own, and its part in the call has ended. A 5xx without it may
     * be the word of something in between for an answer that did not come, so the caller must veto.
     */
    public static final String ENDED = "dtx-ended";

    /**
     * On the answer of a participant: the id of the call, a slash, and how many branches were registered because of it, by the
     * participant and by those whom it has called; {@code unknown} in place of the number if it does not know, or of all of it if
     * it does not know which call it executes: its branches are not among those that have to be accounted for. An answer without it
     * accounts for none: if there are any, the transaction rolls back.
     */
    public static final String BRANCHES = "dtx-branches";

    private static final String UNKNOWN = "unknown";

    private static final int LONGEST_VETO = 200;

    private TransactionHeaders() {}

    /**
     * Hands the headers of one new call, if the thread is in a global transaction, to what sets headers. To be asked anew for
     * every call.
     *
     * <p>Nobody but the caller sees the answer. After any failure (a timeout, too), a 5xx, or an answer of any status with the header
     * {@link #VETO}, an exception that rolls back must leave the method that began the transaction, or the handler of the request
     * that brought it: the call may still be at work, and a commit could keep half of it. So wait for the answer, and do
     * not repeat the call in the same transaction. The clients that dtx is built into do all this by themselves.
     *
     * @throws UsageException if calls are nested too deeply
     */
    public static void inject(BiConsumer<String, String> setter) {
        Participation current = CurrentTransaction.get();
        if (current != null) {
            setter.accept(XID, current.xid().toString());
            String call = newCall(current);
            if (call != null) {
                setter.accept(CALL, call);
            }
            // Neither its method nor its answer will be seen.
            current.calledToWrite();
            current.answerUnseen();
        }
    }

    /**
     * The value of the header {@link #CALL} for one new call.
     *
     * @return null if the caller neither began the transaction nor knows which call it executes: the call is to be made without
     * @throws UsageException if calls are nested too deeply
     */
    public static @Nullable String newCall(Participation caller) {
        if (!caller.initiator() && caller.executions().isEmpty()) {
            return null;
        }
        if (caller.executions().size() >= Execution.MAX_DEPTH) {
            throw new UsageException(
                    caller.xid(),
                    "a call in global transaction " + caller.xid() + " would be the " + (Execution.MAX_DEPTH + 1)
                            + "th of a chain of calls, and at most " + Execution.MAX_DEPTH
                            + " are allowed: do services call each other in a circle?");
        }
        StringBuilder value = new StringBuilder();
        for (Execution execution : caller.executions()) {
            value.append(execution.call()).append('.').append(execution.id()).append('/');
        }
        return value.append(UUID.randomUUID()).toString();
    }

    /**
     * Begins an execution of the call that the header {@link #CALL} names.
     *
     * @param values all values of the header; empty where the caller named no call
     * @return what {@link Participation#executions} is to be
     * @throws IllegalArgumentException if a value names no call, or two values differ; the message is fit for an answer
     */
    public static List<Execution> newExecution(Iterable<String> values) {
        Set<String> found = new HashSet<>();
        values.forEach(value -> found.add(value.strip()));
        if (found.size() > 1) {
            throw new IllegalArgumentException("the header " + CALL + " names more than one call");
        }
        List<Execution> executions = new ArrayList<>();
        for (String value : found) {
            String[] parts = value.split("/", Execution.MAX_DEPTH + 1);
            if (parts.length > Execution.MAX_DEPTH) {
                throw new IllegalArgumentException(
                        "the header " + CALL + " names more than " + Execution.MAX_DEPTH + " calls");
            }
            for (int i = 0; i < parts.length - 1; i++) {
                int dot = parts[i].indexOf('.');
                executions.add(
                        new Execution(id(parts[i].substring(0, Math.max(0, dot))), id(parts[i].substring(dot + 1))));
            }
            executions.add(new Execution(id(parts[parts.length - 1]), UUID.randomUUID()));
        }
        return executions;
    }

    /** In full only: UUID.fromString reads shorter forms, too, in which two texts would be one id (I9). */
    private static UUID id(String text) {
        try {
            UUID id = UUID.fromString(text);
            if (id.toString().equals(text)) {
                return id;
            }
        } catch (IllegalArgumentException e) {
            // As below.
        }
        throw new IllegalArgumentException("the header " + CALL + " is malformed");
    }

    /**
     * Reads the XID from all values of the header {@link #XID}.
     *
     * @return null if there is no value
     * @throws IllegalArgumentException if a value is not an XID, or two values differ; the message is fit for an answer
     */
    public static @Nullable Xid extract(Iterable<String> values) {
        Set<Xid> found = new HashSet<>();
        for (String value : values) {
            try {
                found.add(Xid.parse(value.strip()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("the header " + XID + " is malformed: " + e.getMessage(), e);
            }
        }
        if (found.size() > 1) {
            throw new IllegalArgumentException("the header " + XID + " names more than one global transaction");
        }
        return found.isEmpty() ? null : found.iterator().next();
    }

    /**
     * The value of the header {@link #BRANCHES}.
     *
     * @param branches empty if that is not known
     */
    public static String branchesValue(Participation participant, OptionalInt branches) {
        List<Execution> executions = participant.executions();
        if (executions.isEmpty()) {
            return UNKNOWN;
        }
        UUID call = executions.get(executions.size() - 1).call();
        return call + "/" + (branches.isPresent() ? String.valueOf(branches.getAsInt()) : UNKNOWN);
    }

    /**
     * How many branches an answer accounts for.
     *
     * @param value of its header {@link #BRANCHES}; null for none
     * @param call the value of the header {@link #CALL} of the request; null for a request without
     * @return empty if the participant does not know, or the call had no name; zero for an answer that is not a participant's, or to
     *     another call, as one out of a cache is, or that names none, as one that is handed on from somebody who was called without a
     *     name, and has registered no branch in the name of a call
     */
    public static OptionalInt answeredBranches(@Nullable String value, @Nullable String call) {
        if (call == null) {
            return OptionalInt.empty();
        }
        String count = count(value, call);
        if (UNKNOWN.equals(count)) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(isNumber(count) ? Integer.parseInt(count) : 0);
    }

    /**
     * Whether an answer with this may have left before its participant had ended: then only its body's end says that. The call's
     * number is known at the end alone; what names another call may be handed on from there.
     *
     * @param value of its header {@link #BRANCHES}; null for none
     * @param call the value of the header {@link #CALL} of the request; null for a request without
     */
    public static boolean mayBeAtWork(@Nullable String value, @Nullable String call) {
        return value != null && (call == null || !isNumber(count(value, call)));
    }

    /** What stands behind the call's id; empty if that is not there. */
    private static String count(@Nullable String value, String call) {
        String start = call.substring(call.lastIndexOf('/') + 1) + "/";
        return value != null && value.startsWith(start) ? value.substring(start.length()) : "";
    }

    private static boolean isNumber(String count) {
        return count.matches("[0-9]{1,6}");
    }

    /** The value of the header {@link #VETO}: the reason, shortened, with everything but printable ASCII replaced. */
    public static String vetoValue(String reason) {
        String printable = reason.replaceAll("[^\\x20-\\x7e]", "?").strip();
        return printable.length() <= LONGEST_VETO ? printable : printable.substring(0, LONGEST_VETO);
    }
}
