#ifndef CMD_HUB_IMAGES_H
#define CMD_HUB_IMAGES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

/*
 * Image tags as hubploy computes them (hubmerge 3.3, 3.4): the last commit that touched an image's folder.
 */
struct hub_image {
	const char	*path;		/* in the values: "jupyterhub.singleuser.image" */
	const char	*name;		/* of the image, or NULL */
	const char	*folder;
};

/* The images of "deployments/HUB/hubploy.yaml" that have a folder; none without that file.  ERR_SYNTAX, ERR_TYPE with the position. */
int	hub_images_read(const char *hub, struct arena *arena, struct hub_image **out, size_t *count, struct error *err) WARN_UNUSED;
/*
 * hub_image_tag(folder, arena, out, err):
 * The commit's first 7 digits, or as many as it takes to hold a letter.  ERR_NOT_FOUND: no commit touched the folder; ERR_REFUSED: a shallow
 * clone, whose history ends before the answer; ERR_CHILD: git says so.
 */
int	hub_image_tag(const char *folder, struct arena *arena, const char **out, struct error *err) WARN_UNUSED;

#endif
