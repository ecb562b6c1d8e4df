#include "http/metrics/scraper.hpp"

#include "http/metrics/metric_families.hpp"
#include "http/metrics/process_families.hpp"
#include "http/metrics/report_families.hpp"
#include "vision/reader/picture_memory.hpp"

#include <prometheus/text_serializer.h>

#include <iterator>
#include <limits>
#include <utility>

namespace glyphgate::http {

namespace {

double bytes(std::uint64_t count) {
  return static_cast<double>(count);
}

void add_memory(metric_families& to, const metric_sources& from) {
  to.gauge("glyphgate_body_memory_bytes", "Bodies of requests that are being received, decoded or stored")
      .is(bytes(from.bodies->used()));
  to.gauge("glyphgate_body_memory_limit_bytes", "What they may take").is(bytes(from.bodies->limit()));
  if (const auto pictures = from.engine->memory()) {
    to.gauge("glyphgate_picture_memory_bytes", "Memory that is taken for pictures that are being read")
        .is(bytes(pictures->taken()));
    to.gauge("glyphgate_picture_memory_limit_bytes", "What they may take").is(bytes(pictures->size()));
  }
}

void add_store_room(metric_families& to, const store::store_room_fn& room) {
  to.gauge("glyphgate_store_room_bytes", "Room of the store's volume for pictures of new jobs");
  if (const auto left = room(); left != std::numeric_limits<std::uint64_t>::max())
    to.is(bytes(left));
}

void add_traces(metric_families& to, const span_exporter& traces) {
  const auto counts = traces.counts();
  to.counter("glyphgate_trace_spans_total", "Spans of traces, by what became of them")
      .is(bytes(counts.exported), {{"outcome", "exported"}})
      .is(bytes(counts.dropped), {{"outcome", "dropped"}})
      .is(bytes(counts.failed), {{"outcome", "failed"}});
}

} // namespace

scraper::scraper(const config& settings, metric_sources sources) : settings_{settings}, sources_{std::move(sources)} {}

std::string scraper::text(const service_report& report) const {
  metric_families known;
  known.gauge("glyphgate_build_info", "1; which version runs, with which engine")
      .is(1, {{"version", sources_.version}, {"engine", std::string{sources_.engine->name()}}});
  add_report(known, report, settings_, sources_.engine->price_per_call());
  add_memory(known, sources_);
  add_store_room(known, sources_.store_room);
  if (sources_.traces)
    add_traces(known, *sources_.traces);
  add_process(known);
  auto all = sources_.meters->families();
  auto more = known.take();
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return prometheus::TextSerializer{}.Serialize(all);
}

} // namespace glyphgate::http
