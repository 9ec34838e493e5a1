// What rules put into templates: label sets, queried samples, native histograms, the data of an alert.
//
// Thread rule: immutable; values borrow what they are made of.
#pragma once

#include "agent/template/rule_template.h"
#include "agent/template/value.h"

namespace bekci::templates {

extern const Type kLabelMapType;   // map[string]string; its data is model::Labels
extern const Type kSampleType;     // *template.sample {Labels, Value}; its data is a QueriedSample
extern const Type kSamplesType;    // template.queryResult, a list of them
extern const Type kHistogramType;  // *histogram.FloatHistogram; its data is a model::NativeHistogram
extern const Type kAlertDataType;  // {Labels, ExternalLabels, ExternalURL, Value}; its data is an AlertData

struct AlertData {
  Value labels;
  Value external_labels;
  Value external_url;
  Value value;
};

inline Value LabelMap(const model::Labels& labels) {
  return Value::Map(&labels, kLabelMapType);
}
// The number, or the histogram where there is one.
Value SampleValue(double number, const model::NativeHistogram* histogram);

}  // namespace bekci::templates
