/// The leak checker's: x265, with which libheif writes the tests' HEICs, frees little of its own.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libx265\n";
}
