#pragma once

#include <rapidjson/document.h>

#include <string_view>

/// Access to parsed JSON whose shape is not certain.
namespace glyphgate::vision {

/// An object's member; null when there is none, or when it is no object.
inline const rapidjson::Value* member(const rapidjson::Value& object, const char* name) {
  if (!object.IsObject())
    return nullptr;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

/// An object's member that is a string; empty when there is none. Valid as long as the object.
inline std::string_view string_member(const rapidjson::Value& object, const char* name) {
  const auto* value = member(object, name);
  if (value == nullptr || !value->IsString())
    return {};
  return {value->GetString(), value->GetStringLength()};
}

} // namespace glyphgate::vision
