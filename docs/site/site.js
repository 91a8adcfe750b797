/* What Doxygen's pages lack for those who use the keyboard or a screen reader. */
addEventListener("load", () => {
	/* what scrolls sideways can be reached */
	for (const box of document.querySelectorAll("math[display=block], figure.wide, div.fragment, pre, table.doxtable"))
		if (box.scrollWidth > box.clientWidth)
			box.tabIndex = 0;
});

/* What is pasted, or written by an input method (Chinese), is searched for too; Doxygen waits for keys. */
addEventListener("input", (event) => {
	if (event.target.id === "MSearchField")
		searchBox.OnSearchFieldChange({});
});
