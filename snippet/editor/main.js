// Where the module begins: in the page it opens the stage, in the frame of the stage the editor.
const stage = globalThis[STAGE];
if (stage) openEditor();
else openStage();
