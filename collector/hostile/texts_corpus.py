"""Texts that somebody may write where a page shows them, and that must be texts there and nothing else."""

from __future__ import annotations

OWNED = "owned"
"""What a script in one of them would leave behind: a member of the window of this name."""

TEXTS: tuple[str, ...] = (
    f"<script>window.{OWNED}=1</script>",
    f'"><img src=x onerror="window.{OWNED}=1">',
    f"'><svg/onload=window.{OWNED}=1>",
    f"</title></textarea></select></template><script>window.{OWNED}=1</script>",
    f"<a href=javascript:window.{OWNED}=1>press</a>",
    f"javascript:window.{OWNED}=1",
    f"` onfocus=window.{OWNED}=1 autofocus x=`",
    "<!--", "]]><![CDATA[", "</bdi></code></pre></li></table>", "&lt;b&gt; &amp;amp; &#60;",
    "{{ 7 * 7 }}", "{% include 'pages/base.html' %}", "${7*7}", "#{7*7}", "<%= 7*7 %>",
    "\u202egnp.exe", "abc\u2067def\u2066ghi", "a\u200bb\u2028c\u2029d",
    "<style>*{display:none}</style>", '" style="position:fixed;inset:0', "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>", "<form action=//evil.example><input name=csrf>",
    "<link rel=stylesheet href=//evil.example/x.css>", "<iframe src=//evil.example></iframe>",
    "=cmd|' /C calc'!A0", "'; DROP TABLE event;--", "%s%n %_ \\", "../../../etc/passwd",
    "a\r\nSet-Cookie: b=c", "\x1b[31mred\x1b[0m",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324a\u0300lgo",
    "𒐫﷽ 😀👩‍👩‍👧‍👦 Grüße, 世界", "w" * 90,
)  # fmt: skip
