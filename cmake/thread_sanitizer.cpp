// Linked into every program of the preset tsan. Programs under test get environments of their own, and their exit
// status may be ignored. No report is lost, because all go into one directory. TSAN_OPTIONS goes before this.
extern "C" const char* __tsan_default_options();

extern "C" const char* __tsan_default_options() {
  return "second_deadlock_stack=1 log_path=" GLYPHGATE_REPORTS;
}
