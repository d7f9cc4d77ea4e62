// Preloaded into a child program (`node --import`): ends it when the program that started it is gone, however that ended.
process.on("disconnect", () => process.exit());
// The connection to the parent alone is no reason to go on.
process.channel?.unref();
