// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import dev.weir.agent.view.NamespaceView;

/// What the keys have set so far. Used by one thread, but for [#filter].
final class Controls {
    /// Longer names there are not.
    private static final int MAX_FILTER = 63;

    private static final int PAGE = 10;

    /// What the screen is for.
    enum Shown {
        BOTH,
        NAMESPACES,
        FLOWS
    }

    private Shown shown = Shown.BOTH;
    private Order order = Order.BYTES;
    private volatile String filter = "";
    private boolean typing;
    private boolean paused;
    private boolean help;
    private int offset;
    private int lastOffset;

    /// Does what the key is for; false: it is the one that ends it all.
    boolean press(Key key) {
        if (typing) {
            type(key);
            return true;
        }
        if (help) {
            help = false;
            return !isQuit(key);
        }
        switch (key) {
            case Key.Typed(int character) -> {
                return command(character);
            }
            case Key.Named named -> scroll(named);
        }
        return true;
    }

    private static boolean isQuit(Key key) {
        return key.equals(new Key.Typed('q'));
    }

    private boolean command(int character) {
        switch (character) {
            case 'q' -> {
                return false;
            }
            case 'n' -> show(Shown.NAMESPACES);
            case 'f' -> show(Shown.FLOWS);
            case 's' -> order = order.next();
            case 'p' -> paused = !paused;
            case '/' -> typing = true;
            case '?', 'h' -> help = true;
            default -> {}
        }
        return true;
    }

    /// Pressed again, both come back.
    private void show(Shown wanted) {
        shown = shown == wanted ? Shown.BOTH : wanted;
        offset = 0;
    }

    private void scroll(Key.Named key) {
        int wanted = switch (key) {
            case UP -> offset - 1;
            case DOWN -> offset + 1;
            case PAGE_UP -> offset - PAGE;
            case PAGE_DOWN -> offset + PAGE;
            case HOME -> 0;
            case END -> lastOffset;
            case ENTER, BACKSPACE -> offset;
            case ESCAPE -> {
                filter = "";
                yield 0;
            }
        };
        offset = Math.clamp(wanted, 0, lastOffset);
    }

    private void type(Key key) {
        String text = filter;
        switch (key) {
            case Key.Typed(int character) -> {
                if (text.length() < MAX_FILTER) {
                    filter = text + Character.toString(character);
                }
            }
            case Key.Named.BACKSPACE ->
                filter = text.isEmpty() ? text : text.substring(0, text.offsetByCodePoints(text.length(), -1));
            case Key.Named.ENTER -> typing = false;
            case Key.Named.ESCAPE -> {
                filter = "";
                typing = false;
            }
            case Key.Named _ -> {}
        }
        offset = 0;
    }

    /// How far one can scroll what is drawn now.
    void limit(int last) {
        lastOffset = last;
        offset = Math.min(offset, last);
    }

    /// Whether the namespace has the filter's text in its name.
    boolean admits(NamespaceView namespace) {
        return namespace.name().contains(filter);
    }

    Shown shown() {
        return shown;
    }

    Order order() {
        return order;
    }

    String filter() {
        return filter;
    }

    boolean isTyping() {
        return typing;
    }

    boolean isPaused() {
        return paused;
    }

    boolean isHelp() {
        return help;
    }

    int offset() {
        return offset;
    }
}
