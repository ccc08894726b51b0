"""The browser's side: from the fields of a version to the JavaScript that a page embeds.

`build` assembles and minifies a snippet from the partials in `runtime/`, `checks` says how a value is
looked at in the browser, `embed` makes what is pasted beside it. This room stands alone: it does no
I/O but reading its own partials, and sees nothing of the collector but what a field is.
"""
