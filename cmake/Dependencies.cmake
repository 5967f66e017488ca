# The libraries, each as a target deps::NAME. json-c, libffi, msgpack-c, protobuf-c, nghttp2 and PCRE2 are
# linked statically where STATIC_DEPENDENCIES is on, so that a release runs on machines that lack them;
# libcurl and OpenSSL stay shared: everyone in a process must share one OpenSSL.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# dependency(NAME PKGCONFIG [ARCHIVE]): ARCHIVE is the static library's file name.
function(dependency name module)
  pkg_check_modules(${name} REQUIRED ${module})
  add_library(deps_${name} INTERFACE)
  add_library(deps::${name} ALIAS deps_${name})
  target_include_directories(deps_${name} SYSTEM INTERFACE ${${name}_INCLUDE_DIRS})
  if(STATIC_DEPENDENCIES AND ARGC GREATER 2)
    find_library(${name}_ARCHIVE NAMES ${ARGV2} HINTS ${${name}_LIBDIR} REQUIRED)
    target_link_libraries(deps_${name} INTERFACE ${${name}_ARCHIVE})
    # What an archive defines must not be exported by what it is linked into.
    target_link_options(deps_${name} INTERFACE LINKER:--exclude-libs,${ARGV2})
  else()
    target_link_libraries(deps_${name} INTERFACE ${${name}_LINK_LIBRARIES})
  endif()
endfunction()

dependency(curl libcurl)
dependency(crypto libcrypto)
dependency(ssl libssl)
dependency(json json-c libjson-c.a)
dependency(ffi libffi libffi_pic.a)
dependency(msgpack msgpack libmsgpackc.a)
dependency(protobuf libprotobuf-c libprotobuf-c.a)
dependency(nghttp2 libnghttp2 libnghttp2.a)
dependency(pcre2 libpcre2-8 libpcre2-8.a)
if(BUILD_SIMULATOR)
  dependency(microhttpd libmicrohttpd)
endif()
if(BUILD_TESTING)
  dependency(cmocka cmocka)
endif()
find_program(PROTOC_C protoc-c REQUIRED)
