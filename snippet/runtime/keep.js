try {
  // + keep_visitor
} catch {}
