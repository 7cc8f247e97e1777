package io.dtx.sql;

/** Case for keywords, as databases see it: only ASCII letters have any. */
final class Ascii {

    private Ascii() {}

    static String upper(String text) {
        StringBuilder upper = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            upper.append(c >= 'a' && c <= 'z' ? (char) (c - 'a' + 'A') : c);
        }
        return upper.toString();
    }
}
