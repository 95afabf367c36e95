/* Measure the ink in grey images: where black ends and white begins, and how much is white.
   Each argument is the path of a binary PGM; for each one line of JSON is printed. */
#include <stdio.h>
#include <stdlib.h>

enum { LEVELS = 256 };

/* Return the level that parts the histogram best, by Otsu: the variance between the parts is most. */
static int threshold(const long count[LEVELS], long pixels) {
    double sum = 0, below = 0, most = -1;
    long under = 0;
    int best = 0;
    for (int level = 0; level < LEVELS; level++)
        sum += (double)level * count[level];
    for (int level = 0; level < LEVELS; level++) {
        under += count[level];
        below += (double)level * count[level];
        if (under == 0 || under == pixels)
            continue;
        double apart = below / under - (sum - below) / (pixels - under);
        double variance = (double)under * (pixels - under) * apart * apart;
        if (variance > most) {
            most = variance;
            best = level;
        }
    }
    return best;
}

static int fail(const char *path, const char *problem) {
    fprintf(stderr, "%s: %s\n", path, problem);
    return EXIT_FAILURE;
}

static int measure(const char *path) {
    long width, height, count[LEVELS] = {0}, white = 0;
    double sum = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fscanf(file, "P5 %ld %ld 255", &width, &height) != 2 || fgetc(file) == EOF)
        return fail(path, "is no binary PGM of 8 bits");
    for (long left = width * height; left > 0; left--) {
        int pixel = fgetc(file);
        if (pixel == EOF)
            return fail(path, "is cut off");
        count[pixel]++;
        sum += pixel;
    }
    fclose(file);
    int level = threshold(count, width * height);
    for (int above = level + 1; above < LEVELS; above++)
        white += count[above];
    printf("[%d, %.6f, %.4f]\n", level, (double)white / (width * height), sum / (width * height));
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    for (int index = 1; index < argc; index++)
        if (measure(argv[index]))
            return EXIT_FAILURE;
}
