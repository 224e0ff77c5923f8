// SPDX-License-Identifier: Apache-2.0
#include "replay/state/open_file.h"

namespace vestige {

OpenFiles::~OpenFiles() {
  for (OpenFile* list : {first_, spare_})
    while (list) delete std::exchange(list, list->next_);
}

OpenFileRef OpenFiles::create() {
  OpenFile* file = spare_;
  if (file) {
    spare_ = file->next_;
    *file = OpenFile{};
  } else {
    file = new OpenFile{};
  }
  file->owner_ = this;
  file->next_ = first_;
  if (first_) first_->previous_ = file;
  first_ = file;
  return OpenFileRef(file);
}

void OpenFiles::release(OpenFile* file) {
  if (released_) released_(*file);
  if (file->previous_) file->previous_->next_ = file->next_;
  if (file->next_) file->next_->previous_ = file->previous_;
  if (first_ == file) first_ = file->next_;
  file->next_ = spare_;
  spare_ = file;
}

}  // namespace vestige
