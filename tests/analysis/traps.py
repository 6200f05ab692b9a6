"""C that a parser without a preprocessor stumbles over, each with the macros that make it compile."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trap:
    """A snippet, what its headers define, and the functions that it defines."""

    name: str
    text: str
    functions: tuple[str, ...]
    header: str = ""


AFTER = "int after(void) { return 0; }\n"
"""The function that is lost when the snippet before it is misread."""

TRAPS = (
    Trap(
        "attribute between the star and the name",
        "struct x;\nstatic struct x * __must_check foo(void) { return 0; }\n" + AFTER,
        ("foo", "after"),
        "#define __must_check __attribute__((warn_unused_result))\n",
    ),
    Trap(
        "unknown attribute before the name",
        "static int ODD_ATTRIBUTE foo(void) { return 0; }\nstatic void * odd_too bar(void) { return 0; }\n",
        ("foo", "bar"),
        "#define ODD_ATTRIBUTE __attribute__((unused))\n#define odd_too __attribute__((unused))\n",
    ),
    Trap(
        "attribute with arguments behind the parameters",
        "int lock;\nvoid take(int *l) __grabs(&lock)\n{\n}\n" + AFTER,
        ("take", "after"),
        "#define __grabs(x)\n",
    ),
    Trap(
        "system call",
        "SYSCALL_DEFINE2(dup, unsigned int, fd, int, to)\n{\n\treturn fd + to;\n}\n" + AFTER,
        ("sys_dup", "after"),
        "#define SYSCALL_DEFINE2(n, t1, a1, t2, a2) long sys_##n(t1 a1, t2 a2)\n",
    ),
    Trap(
        "compat system call",
        "COMPAT_SYSCALL_DEFINE1(close, int, fd)\n{\n\treturn fd;\n}\n",
        ("compat_sys_close",),
        "#define COMPAT_SYSCALL_DEFINE1(n, t1, a1) long compat_sys_##n(t1 a1)\n",
    ),
    Trap(
        "function that a macro heads",
        "TEST(addition) {\n\tif (1)\n\t\treturn;\n}\n" + AFTER,
        ("addition", "after"),
        "#define TEST(name) static void name(void)\n",
    ),
    Trap(
        "do block closed by a macro",
        "int f(int a) { do { a--; } while_each_thread(a, 0); return a; }\n" + AFTER,
        ("f", "after"),
        "#define while_each_thread(g, t) while ((g) != (t))\n",
    ),
    Trap(
        "do block closed by a for macro",
        "int f(int a) {\n\tdo {\n\t\ta--;\n\t} for_each_range(a, 3);\n\treturn a;\n}\n" + AFTER,
        ("f", "after"),
        "#define for_each_range(a, end) while ((a) < (end))\n",
    ),
    Trap(
        "loop macro with a block",
        "int f(int n) { int i; each(i, n) { if (i) n--; } return n; }\n" + AFTER,
        ("f", "after"),
        "#define each(i, n) for ((i) = 0; (i) < (n); (i)++)\n",
    ),
    Trap(
        "loop macro without a block",
        "int f(int n) {\n\tint i;\n\teach(i, n)\n\t\tn--;\n\treturn n;\n}\n" + AFTER,
        ("f", "after"),
        "#define each(i, n) for ((i) = 0; (i) < (n); (i)++)\n",
    ),
    Trap(
        "old-style parameters and a pointer result",
        "char *f(a, b) int a; char *b; { return a ? b : 0; }\n" + AFTER,
        ("f", "after"),
    ),
    Trap(
        "no result type",
        "main(argc, argv)\n\tint argc;\n\tchar **argv;\n{\n\treturn argc;\n}\nhelper(int a) { return a; }\n",
        ("main", "helper"),
    ),
    Trap(
        "comment in a continued define",
        "#define WIDE(a) do { /* one\n   two */ \\\n\t(a)++; \\\n} while (0)\n"
        "int f(int a) { WIDE(a); return a; }\n",
        ("f",),
    ),
    Trap(
        "head split by a conditional",
        "#ifdef A\nint f(int a)\n#else\nint f(void)\n#endif\n{ return 0; }\n" + AFTER,
        ("f", "after"),
    ),
    Trap(
        "brace split by a conditional",
        "int f(int a)\n{\n#ifdef A\n\tif (a) {\n#else\n\tif (!a) {\n#endif\n\t\ta++;\n\t}\n\treturn a;\n}\n"
        + AFTER,
        ("f", "after"),
    ),
    Trap(
        "conditional in an initialiser",
        "int g(void);\nstruct s { int (*a)(void), (*b)(void); } t = {\n"
        "#ifdef A\n\t.a = g,\n#endif\n\t.b = g\n};\n" + AFTER,
        ("after",),
    ),
    Trap(
        "conditional in a parameter list",
        "int f(int a\n#ifdef A\n\t, int b\n#endif\n\t) { return a; }\n" + AFTER,
        ("f", "after"),
    ),
    Trap(
        "conditional in an expression",
        "int f(int a) { return a\n#ifdef A\n\t+ 1\n#else\n\t+ 2\n#endif\n\t; }\n" + AFTER,
        ("f", "after"),
    ),
    Trap(
        "list macro inside an enum",
        "#define LIST() x(ONE) x(TWO)\nenum numbers {\n#define x(n) n,\n\tLIST()\n#undef x\n\tLAST\n};\n"
        + AFTER,
        ("after",),
    ),
    Trap(
        "statement macro without a semicolon",
        "int f(int n) {\n\tint i;\n\tPREAMBLE(n)\n\tfor (i = 0; i < n; i++)\n\t\tn--;\n\treturn n;\n}\n"
        + AFTER,
        ("f", "after"),
        "#define PREAMBLE(n) (n)++;\n",
    ),
    Trap(
        "file-scope macro without a semicolon",
        "int f(void) { return 0; }\nmodule_start(f)\n" + AFTER,
        ("f", "after"),
        "#define module_start(x) int (*start)(void) = x;\n",
    ),
    Trap(
        "enum defined in the head",
        "static enum r {\nA, B,\n} f(int a)\n{ return a ? A : B; }\n" + AFTER,
        ("f", "after"),
    ),
    Trap(
        "name in parentheses",
        "int (API get)(int a) { return a; }\nint after(void) { return (get)(1); }\n",
        ("get", "after"),
        "#define API\n",
    ),
    Trap(
        "name in a macro",
        "int API(compress)(int a) { return a; }\n" + AFTER,
        ("compress", "after"),
        "#define API(func) func\n",
    ),
    Trap(
        "result is a pointer to a function",
        "int (*pick(int a))(int) { return 0; }\n" + AFTER,
        ("pick", "after"),
    ),
    Trap(
        "type as a macro argument",
        "struct s { int a; };\nint f(void *p) { return take(p, struct s *, 1) + (int)sizeof(struct s); }\n",
        ("f",),
        "#define take(p, type, n) (((type)(p))->a + (n))\n",
    ),
    Trap(
        "case range, computed goto, label at the end",
        "int f(int a) {\n\tvoid *p = &&out;\n"
        "\tswitch (a) {\n\tcase 1 ... 5:\n\t\tgoto *p;\n\t}\nout:\n\treturn 0;\n}\n" + AFTER,
        ("f", "after"),
    ),
    Trap(
        "braces in strings, characters and comments",
        "int f(void) { return '{' + \"{\"[0] /* { */; } // {\nint after(void) { return '\\''; }\n",
        ("f", "after"),
    ),
    Trap(
        "code for C++ only",
        '#ifdef __cplusplus\nextern "C" {\n#endif\n'
        "int f(void) { return 0; }\n#ifdef __cplusplus\n}\n#endif\n",
        ("f",),
    ),
    Trap(
        "text that is never compiled",
        "#if 0\nThis isn't C { at all (\n#endif\nint f(void) { return 0; }\n",
        ("f",),
    ),
)
